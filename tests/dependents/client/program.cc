#include <iostream>

#include "client/client.h"

int main() {
  std::cout << ask_both() << "\n";
}
