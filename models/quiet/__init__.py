"""Who should have spoken and has not: sensors, feeds, and who speaks by cases."""
