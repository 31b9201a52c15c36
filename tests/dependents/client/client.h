#ifndef DEPENDENTS_CLIENT_H
#define DEPENDENTS_CLIENT_H

#include <chrono>
#include <string>

// Sends `text` to an echo server on this machine, and returns what comes back within `at_most`:
// "timeout" if that is not all of it.
std::string ask(unsigned short port, const std::string& text, std::chrono::milliseconds at_most);

// Starts an echo server that answers one connection, asks it, and a server that never answers.
// Returns the name of the backend and both answers.
std::string ask_both();

#endif
