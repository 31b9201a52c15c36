// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

// A link that loses packets: some, all that are large, or all for a while.

#include "tests/network/fault_cases.h"
#include "tests/network/fault_operations.h"
#include "tests/support/patterned.h"

namespace timed::tests::network {
namespace {

// Goes on after each timeout, and gets every byte.
void lossy(scenario& with, const std::string& percent, std::size_t size) {
  constexpr auto idle = 100ms;
  with.connect(behaviour::echo);
  scenario::inject("loss " + percent);
  with.stream.expires_never();
  with.stream.on_timeout(timeout_action::cancel);
  const std::string text = patterned(size);
  std::string answer(size, '\0');
  std::optional<outcome> written;
  net::async_write(with.stream, net::buffer(text), [&](error_code ec, std::size_t count) {
    written = outcome{ec, count, steady::now()};
  });
  with.stream.read_timeout(idle);
  const auto end = steady::now() + patience;
  for (std::size_t received = 0; received < size;) {
    demand(steady::now() < end, "not all comes through");
    with.expect_deadline(idle);
    const outcome done = with.result_of([&](auto handler) {
      with.stream.async_read_some(net::buffer(answer.data() + received, size - received),
                                  std::move(handler));
    });
    received += done.bytes;
    if (done.ec) {
      with.is_timeout(done);
      demand(done.bytes == 0, "a read of some bytes reports a timeout beside them");
    }
  }
  demand(written && !written->ec && written->bytes == size, "the write did not succeed");
  demand(answer == text, "other bytes come than were sent");
  with.all_came("all bytes, or timeouts until they come");
}

// Large packets vanish without a word: what is sent seems sent.
void black_hole(scenario& with) {
  with.connect(behaviour::echo);
  scenario::inject("black_hole");
  with.stream.on_timeout(timeout_action::cancel);
  send_and_receive(with, patterned(64));
  const std::string large = patterned(8000);
  std::string answer(large.size(), '\0');
  with.stream.write_some(net::buffer(large));
  const auto read = [&] {
    return with.result_of([&](auto handler) {
      net::async_read(with.stream, net::buffer(answer), std::move(handler));
    });
  };
  with.expire_soon();
  const outcome done = read();
  with.is_timeout(done);
  demand(done.bytes == 0, "large packets pass");
  scenario::inject("none");
  with.stream.expires_after(patience);
  demand(!read().ec && answer == large, "it does not go on afterwards");
  with.note("all bytes when it has gone");
}

void down_and_up(scenario& with) {
  with.connect(behaviour::echo);
  with.stream.on_timeout(timeout_action::cancel);
  send_and_receive(with, patterned(64));
  scenario::inject("down");
  with.stream.write_some(net::buffer("still there?", 12));
  std::string answer(12, '\0');
  const auto read = [&] {
    return with.result_of([&](auto handler) {
      net::async_read(with.stream, net::buffer(answer), std::move(handler));
    });
  };
  with.expire_soon();
  with.is_timeout(read());
  scenario::inject("none");
  with.stream.expires_after(patience);
  demand(!read().ec && answer == "still there?", "it does not go on afterwards");
  with.note("all bytes when it is up again");
}

}  // namespace

void add_cases_of_a_bad_link(std::vector<fault_case>& cases) {
  for (const auto& [percent, size] : std::vector<std::pair<std::string, std::size_t>>{
           {"1", 2 << 20}, {"10", 1 << 18}, {"30", 1 << 15}}) {
    cases.push_back(
        {percent + " % of incoming packets are lost", "read and write, 0.1 s",
         [percent = percent, size = size](scenario& with) { lossy(with, percent, size); }});
  }
  cases.push_back({"packets above 1000 bytes are lost", "write and read", black_hole});
  cases.push_back({"this host's interface goes down, and up", "write and read", down_and_up});
}

std::vector<fault_case> fault_cases(std::chrono::seconds zero_window) {
  std::vector<fault_case> cases;
  add_cases_of_a_vanished_peer(cases);
  add_cases_of_resets(cases);
  add_cases_of_a_slow_peer(cases, zero_window);
  add_cases_of_a_bad_link(cases);
  return cases;
}

}  // namespace timed::tests::network
