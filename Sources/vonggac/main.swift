import Foundation
import Responder

exit(VongGac.run(Array(CommandLine.arguments.dropFirst())).rawValue)
