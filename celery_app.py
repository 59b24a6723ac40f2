from workers.binding import bind

app = bind()
