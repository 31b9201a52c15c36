// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/stage.h"
#include "tests/histories/worlds.h"

namespace timed::tests::histories {

using strand = net::strand<context_executor>;
using foreign = marked_executor<context_executor>;

const world tcp_strand{"tcp_strand", false, stage_for<basic_stream<net::ip::tcp, strand>>::make};
const world tcp_foreign{"tcp_foreign", false, stage_for<basic_stream<net::ip::tcp, foreign>>::make};

}  // namespace timed::tests::histories
