import Glibc
import Sensor

exit(SensorProgram.run(Array(CommandLine.arguments.dropFirst())).rawValue)
