print("before");
function inner() { throw new TypeError("a mishap of our own"); }
inner();
