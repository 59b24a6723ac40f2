"""The short form of a target, as a browser sends it."""

FIELDS = {
    "name": "Her Excellency Ms. Oda Merrin",
    "office": "Ambassador",
    "kind": "ambassador",
    "represents": "KH",
    "country": "US",
    "lines": "Her Excellency Ms. Oda Merrin\r\nEmbassy\r\nWashington, DC 20011",
    "delivery": "email",
    "email": "office@embassy.example.org",
    "timezone": "America/New_York",
    "max_per_hour": "60",
    "en_name": "Ambassador Oda Merrin",
    "en_state": "the Kingdom of Cambodia",
    "en_salutation": "Your Excellency,",
    "en_close": "Yours respectfully,",
}
