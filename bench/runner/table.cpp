// The table on the standard output.
#include "bench/runner/table.hpp"

#include <fmt/format.h>
#include <utility>

namespace bench {
namespace {

// work, threads, attune, of its limit, peer, its time, ratio, speeds, scaling, difference, bars
constexpr const char* columns =
    "{:<36}{:>2}  {:>8} {:>6}  {:<20} {:>8} {:>6}  {:>13} {:>5} {:>6}  {}";

std::string in_units(double value, std::initializer_list<std::pair<double, const char*>> units) {
  for (const auto& [size, name] : units)
    if (value >= size) return fmt::format("{:.3g} {}", value / size, name);
  return fmt::format("{:.3g}", value);
}

std::string bytes(double count) {
  return in_units(count, {{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}});
}

// Flops or bytes a second of both sides, in units of 1e9.
std::string speeds(const Row& row) {
  const double flops = row.amounts.flops;
  const double amount = flops > 0 ? flops : row.amounts.bytes_read + row.amounts.bytes_written;
  if (amount == 0 || row.attune_s == 0) return "";
  const char* unit = flops > 0 ? "GF" : "GB";
  if (row.peer_s == 0) return fmt::format("{:.3g} {}", amount / row.attune_s / 1e9, unit);
  return fmt::format("{:.3g}/{:.3g} {}", amount / row.attune_s / 1e9, amount / row.peer_s / 1e9,
                     unit);
}

std::string remark(const Row& row) {
  if (!row.failure.empty()) return "FAILED: " + row.failure;
  std::string missed;
  for (const Verdict& verdict : row.verdicts)
    if (!verdict.kept)
      missed += fmt::format("{}{} ({:.3g})", missed.empty() ? "misses " : ", ", verdict.what,
                            verdict.figure);
  if (!missed.empty()) return missed;
  return row.verdicts.empty() ? "" : "ok";
}

std::string or_blank(const char* format, double value) {
  return value == 0 ? "" : fmt::format(fmt::runtime(format), value);
}

}  // namespace

std::string duration(double seconds) {
  return in_units(seconds, {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}});
}

std::string header() {
  return fmt::format(fmt::runtime(columns), "work", "th", "attune", "/limit", "peer", "peer",
                     "ratio", "speed", "scal.", "differ", "bars");
}

std::string line(const Row& row) {
  const bool memory = row.attune_bytes > 0 && row.attune_s == 0;
  const auto figure = [&](double seconds, double size) {
    return memory ? bytes(size) : seconds > 0 ? duration(seconds) : "";
  };
  std::string text = fmt::format(
      fmt::runtime(columns), row.work, row.threads, figure(row.attune_s, row.attune_bytes),
      row.limit_s > 0 ? fmt::format("{:.2f}", row.attune_s / row.limit_s) : "", row.peer,
      row.peer.empty() ? "" : figure(row.peer_s, row.peer_bytes),
      or_blank("{:.2f}", row.ratio + row.per_doubling), speeds(row),
      or_blank("{:.2f}", row.scaling), row.peer_s > 0 ? fmt::format("{:.0e}", row.difference) : "",
      remark(row));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string text(const Limits& limits) {
  std::string lines =
      fmt::format("limits, {} thread{}: {:.1f} GF/s f32, {:.1f} GF/s f64\n", limits.threads,
                  limits.threads == 1 ? "" : "s", limits.flops_f32 / 1e9, limits.flops_f64 / 1e9);
  for (const auto& [name, kind] :
       {std::pair{"update", &Bandwidth::update}, std::pair{"read", &Bandwidth::read}}) {
    lines += fmt::format("  {:<7} GB/s:", name);
    for (const Bandwidth& point : limits.bandwidth)
      lines += fmt::format(" {:.0f}", point.*kind / 1e9);
    lines += '\n';
  }
  lines += "  of bytes moved:";
  for (const Bandwidth& point : limits.bandwidth) lines += " " + bytes(point.bytes);
  return lines + '\n';
}

}  // namespace bench
