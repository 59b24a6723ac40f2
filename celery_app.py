from workers.binding import bind
from workers.metrics import install

install()
app = bind()
