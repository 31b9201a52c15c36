#include <cstdio>

#include "client/client.h"

extern "C" void print_answers() {
  std::printf("%s\n", ask_both().c_str());
}
