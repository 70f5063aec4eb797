"""What the district makes of its streets' panes: gathering, judging."""
