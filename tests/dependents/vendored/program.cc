#include <iostream>

#include "client/client.h"
#include "vendored/waits.h"

int main() {
  std::cout << ask_both() << " " << wait_with_vendored_asio() << "\n";
}
