"""Words that somebody is writing at the desk and has not saved: kept while they type, whatever they are for."""
