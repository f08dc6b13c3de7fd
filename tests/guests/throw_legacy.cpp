// The same in the encoding of exceptions that came before the specification's.
#include "throw.cpp"
