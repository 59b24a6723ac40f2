"""People at the desk: find one who asked, see what happened with them, take them off, hand over or erase their data."""
