"""What leaves as CSV is opened in a spreadsheet, which runs a cell that looks like a formula (W-15)."""

# Also in their full-width forms, which some programs take for the same.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
