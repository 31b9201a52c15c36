// Boost.Beast's separately compiled part, for an Asio that @boost.beast was not compiled for: see
// BUILD. Were @boost.beast header-only, there would be nothing to compile.
#ifdef BOOST_BEAST_SEPARATE_COMPILATION
#include <boost/beast/src.hpp>
#endif
