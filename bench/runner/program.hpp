// The programs that do the works, one of each library: found beside attune_bench as
// steps_<library>, or given as a command that answers in the same way (bench/steps/main.cpp).
#pragma once

#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <vector>

#include "bench/steps/step.hpp"

namespace bench {

// What a program says of a work that it has run.
struct Sample {
  std::string library, work;  // "libtorch-1.13", "mlp_step"
  double seconds = 0, processor_seconds = 0, peak_bytes = 0;
  double flops = 0, bytes_read = 0, bytes_written = 0, amount = 0, bound = 0;
  bool doubles = false;
  Bars bars;
  std::vector<double> result;
};

struct Listed {
  std::string work;
  bool together = false;  // with others of its family in one process
  bool detail = false;    // only when asked for
};

struct Program {
  std::string library;               // "libtorch"
  std::vector<std::string> command;  // what it is started by
  bool stays = false;                // one process measures again for each line it reads
  std::vector<Listed> works = {};    // as --list says

  bool has(const std::string& work) const;
};

// Did not run to its end, or said something that is no sample.
struct ProgramFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A program at work. Held to as many cores as it has threads.
class Run {
 public:
  Run(const Program& program, const std::vector<std::string>& works, int threads, double seconds);
  ~Run();  // ends it
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Of each work. A program that stays may be asked again.
  std::vector<Sample> samples();

 private:
  std::string line();  // "" at the end

  std::string name_, buffer_;
  pid_t process_ = -1;
  int in_ = -1, out_ = -1;
  std::size_t works_;
  bool stays_;
  bool asked_ = false;
};

// What --list prints; throws ProgramFailed.
std::vector<Listed> works_of(const std::vector<std::string>& command);

}  // namespace bench
