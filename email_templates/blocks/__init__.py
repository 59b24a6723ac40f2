"""
The content blocks that pages and mailings share: one folder each, drawn as a page, as an HTML mail and as plain text.
`email_templates/block_rendering.py` draws them.
"""
