// Copyright 2026 The timed_stream Authors. Distributed under the Boost Software License,
// Version 1.0.

#include "tests/histories/stage.h"
#include "tests/histories/worlds.h"
#include "timed/unix_stream.h"

namespace timed::tests::histories {

using unix_protocol = net::local::stream_protocol;
using strand = net::strand<context_executor>;

const world unix_any{"unix_any", false, stage_for<unix_stream>::make};
const world unix_strand{"unix_strand", false, stage_for<basic_stream<unix_protocol, strand>>::make};

}  // namespace timed::tests::histories
