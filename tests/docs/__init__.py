"""What the pages under `docs/` show: their commands run, their examples tried, their reference written of the code."""
