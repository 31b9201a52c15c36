#ifndef TIMED_DETAIL_RATE_GATE_H
#define TIMED_DETAIL_RATE_GATE_H
#include <chrono>
#include <utility>
#include "timed/rate_policy.h"
namespace timed::detail {
template <class Policy>
class rate_gate {
 public:
  template <class... Args>
  explicit rate_gate(Args&&...) {}
  Policy& policy() noexcept {
    static Policy p;
    return p;
  }
  static constexpr bool unlimited = true;
};
}  // namespace timed::detail
#endif
