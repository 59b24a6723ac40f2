"""The room `confirmations`: one row per mailed link and the items it confirms; GET shows, POST acts."""
