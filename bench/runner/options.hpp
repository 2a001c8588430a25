// What a comparison is asked for.
#pragma once

#include <regex>
#include <string>
#include <vector>

#include "bench/runner/row.hpp"

namespace bench {

struct Options {
  std::regex filter;
  bool details = false;               // works that are details, too
  std::vector<int> threads = {1, 2};  // ascending, each once
  int pairs = 7;
  double seconds = 0.2;
  ClockKind clock = ClockKind::wall;
  bool alone = false, strict = false;
  std::vector<std::string> with;
};

}  // namespace bench
