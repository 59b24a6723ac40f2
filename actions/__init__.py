"""The Flask application: people, what they did, what they allowed, and the pages they did it on.
Rooms are nouns and stand in tiers (`docs/architecture.md`); each uses the same few file names.
"""
