"""The pages: the edition in the browser, leaving with one click, and the editor's preview."""
