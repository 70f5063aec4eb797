"""The hotline of today (12345, 接诉即办): rates, score and rank, and what they are made of."""
