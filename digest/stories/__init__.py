"""From items to stories: copies collapsed, events gathered. Pure: values in, values out."""
