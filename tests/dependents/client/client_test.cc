#include <timed/backend.h>

#include <iostream>

#include "client/client.h"

int main() {
  const std::string expected = std::string(timed::backend::name()) + " hello timeout";
  const std::string answers = ask_both();
  if (answers == expected) return 0;
  std::cerr << "expected: " << expected << "\n  actual: " << answers << "\n";
  return 1;
}
