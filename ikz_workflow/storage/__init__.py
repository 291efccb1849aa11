"""Keep events, projections, texts and bytes in a database; rows never leave this room."""
