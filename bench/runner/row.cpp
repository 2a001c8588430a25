// Rows from samples, and how they stand to their bars.
#include "bench/runner/row.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "bench/runner/cores.hpp"

namespace bench {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double median(const Samples& samples, double Sample::*field) {
  std::vector<double> values;
  for (const Sample& sample : samples) values.push_back(sample.*field);
  return median(std::move(values));
}

// The largest difference of two results, relative to the larger of the two numbers. What is no
// number differs from everything.
double difference(const std::vector<double>& ours, const std::vector<double>& theirs) {
  constexpr double all = std::numeric_limits<double>::infinity();
  if (ours.size() != theirs.size()) return all;
  double largest = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double size = std::max({std::abs(ours[i]), std::abs(theirs[i]), 1e-30});
    const double relative = std::abs(ours[i] - theirs[i]) / size;
    largest = std::isfinite(relative) ? std::max(largest, relative) : all;
  }
  return largest;
}

void at_least(Row& row, const std::string& what, double figure, double bar) {
  if (bar > 0 && figure > 0)
    row.verdicts.push_back({fmt::format("{} >= {:.3g}", what, bar), figure, bar, figure >= bar});
}
void at_most(Row& row, const std::string& what, double figure, double bar) {
  if (bar > 0 && figure > 0)
    row.verdicts.push_back({fmt::format("{} <= {:.3g}", what, bar), figure, bar, figure <= bar});
}

Row titled(const Row& like, const std::string& work) {
  return {
      .work = work, .peer = like.peer, .threads = like.threads, .bars = like.bars, .drawn = true};
}

// Of the ratios to the best peer of each work.
std::vector<Row> ratios_of(const std::string& family, const std::vector<Row>& rows) {
  std::map<std::string, double> by_work;
  for (const Row& row : rows) {
    if (row.ratio == 0) continue;
    double& best = by_work.try_emplace(row.work, row.ratio).first->second;
    best = std::min(best, row.ratio);
  }
  if (by_work.empty()) return {};
  std::vector<double> best;
  double logarithms = 0;
  for (const auto& [work, ratio] : by_work) {
    best.push_back(ratio);
    logarithms += std::log(ratio);
  }
  std::ranges::sort(best);
  Row mean = titled(rows.front(), family + " mean"), low = titled(rows.front(), family + " 5 %");
  mean.peer = low.peer = "best peer";
  mean.ratio = std::exp(logarithms / static_cast<double>(best.size()));
  low.ratio = best[best.size() / 20];
  at_least(mean, "geometric mean", mean.ratio, mean.bars.mean);
  at_least(low, "5th percentile", low.ratio, low.bars.low);
  return {mean, low};
}

Row steepest(const std::string& title, const std::vector<Row>& rows, double Row::*field,
             double from) {
  constexpr double bar = 2.6;  // above it, a cliff
  Row row = titled(rows.front(), title);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i - 1].*field < from || rows[i].amount == rows[i - 1].amount) continue;
    const double doublings = std::log2(rows[i].amount / rows[i - 1].amount);
    row.per_doubling =
        std::max(row.per_doubling, std::pow(rows[i].*field / rows[i - 1].*field, 1 / doublings));
  }
  at_most(row, "per doubling", row.per_doubling, bar);
  return row;
}

}  // namespace

Amounts amounts_of(const Sample& sample) {
  return {sample.flops, sample.doubles, sample.bytes_read, sample.bytes_written};
}

Row row_of(const Samples& attune, const Samples& peer, int threads, ClockKind clock,
           const Limits& limits, const std::vector<double>& rates) {
  const auto field =
      clock == ClockKind::processor && threads == 1 ? &Sample::processor_seconds : &Sample::seconds;
  const Sample& first = attune.front();
  Row row{.work = first.work,
          .threads = threads,
          .attune_s = median(attune, field),
          .attune_bytes = median(attune, &Sample::peak_bytes),
          .amounts = amounts_of(first),
          .amount = first.amount,
          .bound = first.bound,
          .bars = first.bars};
  if (!rates.empty()) row.rate = median(rates);
  row.limit_s = limit_seconds(limits, row.amounts, row.rate);
  if (peer.empty()) return row;
  row.peer = peer.front().library;
  row.peer_s = median(peer, field);
  row.peer_bytes = median(peer, &Sample::peak_bytes);
  row.ratio = row.peer_s / row.attune_s;
  for (std::size_t i = 0; i < std::min(attune.size(), peer.size()); ++i)
    row.difference = std::max(row.difference, difference(attune[i].result, peer[i].result));
  if (row.difference > row.bound)
    row.failure = fmt::format("attune and {} differ by {:.1e}, more than {:.0e}", row.peer,
                              row.difference, row.bound);
  return row;
}

void judge(std::vector<Row>& rows, std::optional<double> single) {
  for (Row& row : rows) {
    const bool one = row.threads == 1;
    row.verdicts.clear();
    at_least(row, "ratio", row.ratio, one ? row.bars.ratio : row.bars.ratio_threads);
    if (single && !one) row.scaling = *single / row.attune_s;
    if (&row != &rows.front()) continue;  // the others would only say the same
    if (row.limit_s > 0)
      at_most(row, "of limit", row.attune_s / row.limit_s,
              one ? row.bars.of_limit : row.bars.of_limit_threads);
    if (one) at_most(row, "seconds", row.attune_s, row.bars.seconds);
    if (row.threads == 2) at_least(row, "scaling", row.scaling, row.bars.scaling);
  }
}

bool close_to_a_bar(const std::vector<Row>& rows) {
  constexpr double near = 0.1;
  for (const Row& row : rows)
    for (const Verdict& verdict : row.verdicts)
      if (std::abs(verdict.figure / verdict.bar - 1) < near) return true;
  return false;
}

std::optional<Row> memory_of(const Row& row) {
  if (row.bars.memory == 0 || row.attune_bytes <= 0 || row.peer_bytes <= 0) return {};
  Row memory = titled(row, row.work + " memory");
  memory.attune_bytes = row.attune_bytes;
  memory.peer_bytes = row.peer_bytes;
  memory.ratio = row.peer_bytes / row.attune_bytes;
  at_most(memory, "of the peer's", 1 / memory.ratio, row.bars.memory);
  return memory;
}

std::vector<Row> summaries(const std::string& family, const std::vector<Row>& rows) {
  if (rows.size() < 2) return {};
  std::vector<Row> found;
  if (rows.front().bars.mean > 0 || rows.front().bars.low > 0) found = ratios_of(family, rows);
  if (rows.front().amount > 0) {
    std::vector<Row> rising = rows;
    std::ranges::stable_sort(rising, {}, &Row::amount);
    constexpr double some = 16 << 20;  // below it, the libraries' own pages are most of it
    found.push_back(steepest(family + " time", rising, &Row::attune_s, 0));
    found.push_back(steepest(family + " memory", rising, &Row::attune_bytes, some));
  }
  return found;
}

std::string json_of(const Row& row) {
  nlohmann::ordered_json json{{"work", row.work}, {"threads", row.threads}};
  const auto add = [&json](const char* name, double value) {
    if (value != 0) json[name] = value;
  };
  add("attune_s", row.attune_s);
  add("attune_bytes", row.attune_bytes);
  if (!row.peer.empty()) json["peer"] = row.peer;
  add("peer_s", row.peer_s);
  add("peer_bytes", row.peer_bytes);
  add("ratio", row.ratio);
  json["limit_s"] = nullptr;  // said of every row, so that "has none" is not "of another version"
  add("limit_s", row.limit_s);
  add("memory_rate", row.rate.value_or(0));
  if (row.peer_s > 0) json["difference"] = row.difference;
  add("scaling", row.scaling);
  add("per_doubling", row.per_doubling);
  add("flops", row.amounts.flops);
  add("bytes", row.amounts.bytes_read + row.amounts.bytes_written);
  add("amount", row.amount);
  for (const Verdict& verdict : row.verdicts)
    json[verdict.kept ? "kept" : "missed"].push_back(verdict.what);
  if (!row.failure.empty()) json["failure"] = row.failure;
  return json.dump();
}

std::string json_of(const Limits& limits) {
  nlohmann::ordered_json json{
      {"limits", {{"flops_f32", limits.flops_f32}, {"flops_f64", limits.flops_f64}}},
      {"threads", limits.threads}};
  for (const Bandwidth& point : limits.bandwidth)
    json["limits"]["bandwidth"].push_back(
        {{"bytes", point.bytes}, {"update", point.update}, {"read", point.read}});
  return json.dump();
}

std::string about(const std::string& date, const std::string& clock) {
  return nlohmann::ordered_json{
      {"machine", machine()}, {"date", date}, {"clock", clock}, {"load", load()}}
      .dump();
}

}  // namespace bench
