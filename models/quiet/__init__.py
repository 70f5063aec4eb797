"""Who should have spoken and has not: sensors, feeds, streets without cases."""
