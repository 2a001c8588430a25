// A row of the comparison: a work at a number of threads, attune beside one peer; or a figure drawn
// from several such rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/runner/limits.hpp"
#include "bench/runner/program.hpp"

namespace bench {

// Which clock times are read from: processor time is the one to trust at one thread on a machine
// that others use too; at more threads it is wall-clock time always.
enum class ClockKind { wall, processor };

// A bar, and how the row stands to it.
struct Verdict {
  std::string what;  // "ratio >= 1.82"
  double figure = 0, bar = 0;
  bool kept = true;
};

struct Row {
  std::string work = {}, peer = {};  // peer "libtorch-1.13"; "" where attune runs alone
  int threads = 1;
  double attune_s = 0, peer_s = 0;          // 0 without a peer
  double attune_bytes = 0, peer_bytes = 0;  // resident peak, less what was resident before the work
  double ratio = 0;                         // peer / attune
  double limit_s = 0;                       // 0 where the work states no amounts
  std::optional<double> rate = {};  // of memory, bytes a second, where it was measured between runs
  double scaling = 0;               // time at one thread / this; 0 where one thread was not run
  double per_doubling = 0;  // of a growing family: how many times as much for twice the work
  double difference = 0;    // largest relative one of the two results
  Amounts amounts = {};
  double amount = 0;  // of work, in a family that grows
  double bound = 0;
  Bars bars = {};
  std::vector<Verdict> verdicts = {};
  bool drawn = false;        // from other rows
  std::string failure = {};  // why it does not count, "" if it does
};

using Samples = std::vector<Sample>;  // of one work by one library

Amounts amounts_of(const Sample& sample);

// Medians of the samples of a work by attune and by a peer, which may have none; and of the rates
// of memory that were measured between them, if any were.
Row row_of(const Samples& attune, const Samples& peer, int threads, ClockKind clock,
           const Limits& limits, const std::vector<double>& rates);

// Fills in the verdicts of the rows of one work, the peers' side by side. `single` is attune's
// time at one thread, if known.
void judge(std::vector<Row>& rows, std::optional<double> single);

// Whether a bar is so near that more runs should decide.
bool close_to_a_bar(const std::vector<Row>& rows);

// The peak memory of a row whose bars speak of it, as a row of its own.
std::optional<Row> memory_of(const Row& row);

// What a family shows together: the geometric mean and the 5th percentile of the ratios to the best
// peer, or how steeply time and memory grow. `rows` are of one number of threads.
std::vector<Row> summaries(const std::string& family, const std::vector<Row>& rows);

// {"work": ..., "threads": ..., "attune_s": ..., ...}. Figures that a row does not have are left
// out, but limit_s is null where there is no limit.
std::string json_of(const Row& row);
std::string json_of(const Limits& limits);  // {"limits": ..., "threads": ...}
std::string about(const std::string& date, const std::string& clock);  // {"machine": ..., ...}

}  // namespace bench
