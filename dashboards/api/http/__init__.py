"""What all routes share: answers, problems, pages, bounds."""
