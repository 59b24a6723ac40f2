"""The room `organisation`: the organisation that runs this installation: its name, imprint, senders and networks."""
