"""The room `unsubscribes`: leaving a list or a case, by page and by the POST of RFC 8058."""
