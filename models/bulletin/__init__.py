"""The bulletin (日报、周报、月报): what a period's figures are, and what sentences they make."""
