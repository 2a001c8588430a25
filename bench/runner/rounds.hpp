// Runs of attune and its peers in turn, at the same works and number of threads, and their rows.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/runner/limits.hpp"
#include "bench/runner/options.hpp"
#include "bench/runner/peers.hpp"
#include "bench/runner/program.hpp"
#include "bench/runner/row.hpp"

namespace bench {

// Works that are measured by the same processes: one, or some of a family.
struct Group {
  std::vector<std::string> works;
  bool together = false;
};

// A group at one number of threads: samples by library and work.
class Rounds {
 public:
  Rounds(const Options& options, const Program& attune, const std::vector<const Peer*>& peers,
         const Group& group, int threads);

  // Until there are `count` of each. What attune fails at is thrown, a peer's failure is kept.
  void run(int count);

  // singles: attune's seconds at one thread, by work.
  std::vector<Row> rows(const Limits& limits, const std::map<std::string, double>& singles) const;

  const std::map<std::string, Samples>& own_samples() const { return sides_.front().samples; }

 private:
  struct Side {
    const Program* program;
    std::vector<std::string> works;
    std::unique_ptr<Run> standing = {};
    std::map<std::string, Samples> samples = {};
    std::string failure = {};
  };

  Amounts own_amounts() const;
  void once(Side& side);
  std::vector<Row> rows_of(const std::string& work, const Limits& limits) const;

  const Options& options_;
  double seconds_;
  int threads_, done_ = 0;
  bool together_;
  std::vector<double> rates_;  // of memory, after each round
  std::vector<Side> sides_;
};

}  // namespace bench
