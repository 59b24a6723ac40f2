import csv
from io import StringIO

from actions.transfers.people import Row


def rows_of(table: str) -> list[Row]:
    """The first line names the columns, as a file's rows come to the import."""
    reader = csv.DictReader(StringIO(table, newline=""))
    return [Row(reader.line_num, cells) for cells in reader]
