// The memory of training steps: what the widest of them needed.
#pragma once

#include <cstddef>
#include <string>

#include "tools/json.hpp"

namespace attune::tools {

class StepMemory {
 public:
  // The next step begins here.
  void begin();
  // A step is done, and so is what it needed.
  void end();

  std::string text() const;  // a line for people
  Json::Object figures() const;

 private:
  std::size_t used_ = 0, held_ = 0;  // by tensors and graphs; with free blocks of the pool
  std::size_t resident_ = 0;         // of the process, at most so far
};

}  // namespace attune::tools
