"""What is wrong with an edition, and with a mail made of it: judged by what is there, nothing is fetched or opened."""
