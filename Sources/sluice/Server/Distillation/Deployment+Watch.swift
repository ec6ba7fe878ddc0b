import Access
import Gateway
import Ledger
import Logging
import Store
import Transparency
import Webhooks

extension Deployment {
    /// What the watch for distillation needs to know of the deployment.
    static func watchSurroundings(
        _ gateway: Gateway, _ publicLog: ServerLog?, _ webhooks: WebhookDesk, _ log: Logger
    ) -> WatchDesk.Surroundings {
        WatchDesk.Surroundings(
            publish: { act in if let publicLog { publish(act, publicLog, log) } },
            alert: { webhooks.post($0) }, forgetDenials: { gateway.forgetDenials() })
    }
}
