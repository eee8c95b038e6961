"""Labels, widgets, and what people type before it becomes values."""
