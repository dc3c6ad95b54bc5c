import Sensor
