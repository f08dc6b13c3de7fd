local t = {}
print("before")
error("a mishap of our own")
