// Boost.Asio's separately compiled part, with the macros of this target: see BUILD.
#include <boost/asio/impl/src.hpp>
