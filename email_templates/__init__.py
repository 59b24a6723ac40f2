"""
The words that leave by mail, and the one function that renders them: a leaf that knows neither Flask nor the database.
`catalogue` names every email and the values it needs, `rendering` turns one into subject, text and HTML,
`block_rendering` draws the content blocks that pages and mailings share, and `language` knows the languages.
"""
