"""New problems (新问题发现): what reports begin to tell of that no known class explains."""
