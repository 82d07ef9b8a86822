// Messages: what is written is read, by older and newer readers too, and nonsense is refused.
#include "graph/store/message.h"

#include <gtest/gtest.h>

#include <limits>

namespace leaktrail::testing {

enum class Colour : std::uint8_t { kRed, kGreen, kBlue };

struct Wheel {
  std::int32_t size = -1;
  std::string brand;
};

struct Car {
  std::string name;
  std::int64_t balance = 7;
  std::uint64_t mileage = 0;
  bool driving = true;
  Colour colour = Colour::kRed;
  graph::ObjectIndex garage;
  std::optional<Wheel> spare;
  std::vector<Wheel> wheels;
  std::vector<std::string> drivers;
  std::vector<std::uint32_t> trips;
  std::vector<std::pair<std::string, std::uint64_t>> tolls;
};

template <typename Fields>
void VisitFields(Fields& fields, Wheel& wheel) {
  fields(1, wheel.size);
  fields(2, wheel.brand);
}

template <typename Fields>
void VisitFields(Fields& fields, Car& car) {
  fields(1, car.name);
  fields(2, car.balance);
  fields(3, car.mileage);
  fields(4, car.driving);
  fields.Enum(5, car.colour, Colour::kBlue);
  fields(6, car.garage);
  fields(7, car.spare);
  fields(8, car.wheels);
  fields(9, car.drivers);
  fields(10, car.trips);
  fields(11, car.tolls);
}

// A car as an older version knows it.
struct OldCar {
  std::string name = "unnamed";
  std::uint64_t doors = 4;  // since given up
};
template <typename Fields>
void VisitFields(Fields& fields, OldCar& car) {
  fields(1, car.name);
  fields(30, car.doors);
}

namespace {

TEST(MessageTest, ReadsWhatWasWritten) {
  Car car;
  car.name = std::string("a\0\xff", 3);
  car.balance = std::numeric_limits<std::int64_t>::min();
  car.mileage = std::numeric_limits<std::uint64_t>::max();
  car.driving = false;
  car.colour = Colour::kBlue;
  car.garage = graph::ObjectIndex(0);
  car.spare = Wheel{0, ""};
  car.wheels = {{17, "x"}, {}, {-3, "y"}};
  car.drivers = {"", "Ann", ""};
  car.trips = {0, 5, 0xffffffff};
  car.tolls = {{"bridge", 0}, {"", 9}};
  Car read;
  ASSERT_TRUE(graph::DecodeMessage(graph::EncodeMessage(car), read).ok());
  EXPECT_EQ(read.name, car.name);
  EXPECT_EQ(read.balance, car.balance);
  EXPECT_EQ(read.mileage, car.mileage);
  EXPECT_FALSE(read.driving);
  EXPECT_EQ(read.colour, Colour::kBlue);
  EXPECT_EQ(read.garage, graph::ObjectIndex(0));
  ASSERT_TRUE(read.spare.has_value());
  EXPECT_EQ(read.spare->size, 0);
  ASSERT_EQ(read.wheels.size(), 3u);
  EXPECT_EQ(read.wheels[1].size, -1);
  EXPECT_EQ(read.wheels[2].size, -3);
  EXPECT_EQ(read.drivers, car.drivers);
  EXPECT_EQ(read.trips, car.trips);
  EXPECT_EQ(read.tolls, car.tolls);
}

TEST(MessageTest, OlderAndNewerVersionsUnderstandEachOther) {
  Car car;
  car.name = "beetle";
  car.wheels = {{1, "x"}};
  OldCar old;
  ASSERT_TRUE(graph::DecodeMessage(graph::EncodeMessage(car), old).ok());
  EXPECT_EQ(old.name, "beetle");
  EXPECT_EQ(old.doors, 4u);
  Car read;
  ASSERT_TRUE(graph::DecodeMessage(graph::EncodeMessage(OldCar{"duck", 2}), read).ok());
  EXPECT_EQ(read.name, "duck");
  EXPECT_EQ(read.balance, 7);
  EXPECT_TRUE(read.driving);
  EXPECT_FALSE(read.garage.valid());
}

TEST(MessageTest, NonsenseIsRefused) {
  Car car;
  const auto refused = [&](const std::string& message) {
    return !graph::DecodeMessage(message, car).ok();
  };
  EXPECT_FALSE(refused(""));
  EXPECT_TRUE(refused("\x28\x03"));              // field 5: no such colour
  EXPECT_TRUE(refused("\x0a\x05xy"));            // field 1: longer than the message
  EXPECT_TRUE(refused("\x08\x01"));              // field 1: a number, not a text
  EXPECT_TRUE(refused("\x12\x01x"));             // field 2: a text, not a number
  EXPECT_TRUE(refused("\x10\xff\xff\xff"));      // field 2: a number without end
  EXPECT_TRUE(refused(std::string("\0\0", 2)));  // no field number
  EXPECT_FALSE(refused("\x52\x02\x01\x02"));     // field 10: two trips
}

TEST(MessageTest, ManyEmptyPartsMustNotFillTheMemory) {
  std::string message;
  for (int i = 0; i < 1'000'000; ++i) message += std::string("\x42\x00", 2);  // a wheel
  Car car;
  EXPECT_FALSE(graph::DecodeMessage(message, car).ok());
  EXPECT_LT(car.wheels.size() * sizeof(Wheel), std::size_t{40} << 20);
}

}  // namespace
}  // namespace leaktrail::testing
