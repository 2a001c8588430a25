// The comparison: which works, by whom, in which order, how often; the table and the rows.
#pragma once

#include <string>

#include "bench/runner/options.hpp"

namespace bench {

// Prints, and writes the rows to the file `json` unless it is "". The exit status.
int compare(const Options& options, const std::string& json);

}  // namespace bench
